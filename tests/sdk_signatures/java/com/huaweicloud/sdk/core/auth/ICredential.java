// huaweicloud/huaweicloud-sdk-java-v3, core/src/main/java/com/huaweicloud/sdk/core/auth/ICredential.java at b15c16011731
package com.huaweicloud.sdk.core.auth;

public interface ICredential {}
