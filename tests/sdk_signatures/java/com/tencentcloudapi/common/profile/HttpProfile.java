// TencentCloud/tencentcloud-sdk-java, src/main/java/com/tencentcloudapi/common/profile/HttpProfile.java at 343efb0235c1
package com.tencentcloudapi.common.profile;

public class HttpProfile {
    public void setProtocol(String protocol) {}

    public void setEndpoint(String endpoint) {}
}
