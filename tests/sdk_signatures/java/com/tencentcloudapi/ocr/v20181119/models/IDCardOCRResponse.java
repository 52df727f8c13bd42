// TencentCloud/tencentcloud-sdk-java, src/main/java/com/tencentcloudapi/ocr/v20181119/models/IDCardOCRResponse.java, version 3.1
package com.tencentcloudapi.ocr.v20181119.models;

public class IDCardOCRResponse {
    public String getName() {
        throw new UnsupportedOperationException("signatures only");
    }

    public String getIdNum() {
        throw new UnsupportedOperationException("signatures only");
    }
}
