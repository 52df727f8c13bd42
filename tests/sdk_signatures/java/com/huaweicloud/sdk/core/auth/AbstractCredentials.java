// huaweicloud/huaweicloud-sdk-java-v3, core/src/main/java/com/huaweicloud/sdk/core/auth/AbstractCredentials.java at dc56b17f5c8b
package com.huaweicloud.sdk.core.auth;

public abstract class AbstractCredentials<T extends AbstractCredentials<T>> implements ICredential {
    public T withAk(String ak) {
        throw new UnsupportedOperationException("signatures only");
    }

    public T withSk(String sk) {
        throw new UnsupportedOperationException("signatures only");
    }

    public T withSecurityToken(String securityToken) {
        throw new UnsupportedOperationException("signatures only");
    }
}
