// aliyun/alibabacloud-java-sdk, ocr-api-20210707/src/main/java/com/aliyun/ocr_api20210707/models/RecognizeIdcardResponseBody.java, version 3.1
package com.aliyun.ocr_api20210707.models;

public class RecognizeIdcardResponseBody {
    public String getData() {
        throw new UnsupportedOperationException("signatures only");
    }
}
