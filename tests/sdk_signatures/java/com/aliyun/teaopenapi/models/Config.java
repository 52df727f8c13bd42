// aliyun/darabonba-openapi, java/src/main/java/com/aliyun/teaopenapi/models/Config.java at 18c849e262b3
package com.aliyun.teaopenapi.models;

public class Config {
    public Config setAccessKeyId(String accessKeyId) {
        return this;
    }

    public Config setAccessKeySecret(String accessKeySecret) {
        return this;
    }

    public Config setSecurityToken(String securityToken) {
        return this;
    }

    public Config setProtocol(String protocol) {
        return this;
    }

    public Config setEndpoint(String endpoint) {
        return this;
    }
}
