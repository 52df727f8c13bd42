// huaweicloud/huaweicloud-sdk-java-v3, services/ocr/src/main/java/com/huaweicloud/sdk/ocr/v1/model/RecognizeIdCardResponse.java, version 3.1
package com.huaweicloud.sdk.ocr.v1.model;

public class RecognizeIdCardResponse {
    public IdCardResult getResult() {
        throw new UnsupportedOperationException("signatures only");
    }
}
