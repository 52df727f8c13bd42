// aliyun/alibabacloud-java-sdk, ocr-api-20210707/src/main/java/com/aliyun/ocr_api20210707/models/RecognizeIdcardResponse.java, version 3.1
package com.aliyun.ocr_api20210707.models;

public class RecognizeIdcardResponse {
    public RecognizeIdcardResponseBody getBody() {
        throw new UnsupportedOperationException("signatures only");
    }
}
