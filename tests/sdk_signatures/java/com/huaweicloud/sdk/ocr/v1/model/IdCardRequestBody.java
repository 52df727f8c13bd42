// huaweicloud/huaweicloud-sdk-java-v3, services/ocr/src/main/java/com/huaweicloud/sdk/ocr/v1/model/IdCardRequestBody.java, version 3.1
package com.huaweicloud.sdk.ocr.v1.model;

public class IdCardRequestBody {
    public IdCardRequestBody withImage(String image) {
        return this;
    }
}
