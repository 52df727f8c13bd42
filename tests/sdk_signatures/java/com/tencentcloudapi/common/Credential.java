// TencentCloud/tencentcloud-sdk-java, src/main/java/com/tencentcloudapi/common/Credential.java at 343efb0235c1
package com.tencentcloudapi.common;

public class Credential {
    public Credential(String secretId, String secretKey) {}

    public Credential(String secretId, String secretKey, String token) {}
}
