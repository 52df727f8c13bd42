// huaweicloud/huaweicloud-sdk-java-v3, core/src/main/java/com/huaweicloud/sdk/core/auth/BasicCredentials.java at 3194f12979fc
package com.huaweicloud.sdk.core.auth;

public class BasicCredentials extends AbstractCredentials<BasicCredentials> {
    public BasicCredentials withProjectId(String projectId) {
        return this;
    }
}
