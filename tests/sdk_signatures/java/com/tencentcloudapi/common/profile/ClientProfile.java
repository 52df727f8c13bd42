// TencentCloud/tencentcloud-sdk-java, src/main/java/com/tencentcloudapi/common/profile/ClientProfile.java at 343efb0235c1
package com.tencentcloudapi.common.profile;

public class ClientProfile {
    public ClientProfile() {}

    public void setHttpProfile(HttpProfile httpProfile) {}
}
