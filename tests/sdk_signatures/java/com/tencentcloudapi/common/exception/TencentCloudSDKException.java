// TencentCloud/tencentcloud-sdk-java, src/main/java/com/tencentcloudapi/common/exception/TencentCloudSDKException.java at 343efb0235c1
package com.tencentcloudapi.common.exception;

public class TencentCloudSDKException extends Exception {
    private static final long serialVersionUID = 1L;
}
