// TencentCloud/tencentcloud-sdk-java, src/main/java/com/tencentcloudapi/ocr/v20181119/models/IDCardOCRRequest.java at 6911e2079337
package com.tencentcloudapi.ocr.v20181119.models;

public class IDCardOCRRequest {
    public void setImageBase64(String imageBase64) {}

    public void setImageUrl(String imageUrl) {}

    public void setCardSide(String cardSide) {}

    public void setConfig(String config) {}
}
