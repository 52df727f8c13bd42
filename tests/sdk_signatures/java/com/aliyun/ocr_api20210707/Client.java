// aliyun/alibabacloud-java-sdk, ocr-api-20210707/src/main/java/com/aliyun/ocr_api20210707/Client.java at c997d8433037
package com.aliyun.ocr_api20210707;

import com.aliyun.ocr_api20210707.models.RecognizeIdcardRequest;
import com.aliyun.ocr_api20210707.models.RecognizeIdcardResponse;
import com.aliyun.teaopenapi.models.Config;

public class Client {
    public Client(Config config) throws Exception {}

    public RecognizeIdcardResponse recognizeIdcard(RecognizeIdcardRequest request) throws Exception {
        throw new UnsupportedOperationException("signatures only");
    }
}
