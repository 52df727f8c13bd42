// aliyun/alibabacloud-java-sdk, ocr-api-20210707/src/main/java/com/aliyun/ocr_api20210707/models/RecognizeIdcardRequest.java at 7ada26e88897
package com.aliyun.ocr_api20210707.models;

public class RecognizeIdcardRequest {
    public RecognizeIdcardRequest setUrl(String url) {
        return this;
    }

    public RecognizeIdcardRequest setBody(java.io.InputStream body) {
        return this;
    }
}
