// huaweicloud/huaweicloud-sdk-java-v3, services/ocr/src/main/java/com/huaweicloud/sdk/ocr/v1/OcrClient.java at a59584b8ab5e
package com.huaweicloud.sdk.ocr.v1;

import com.huaweicloud.sdk.core.ClientBuilder;
import com.huaweicloud.sdk.ocr.v1.model.RecognizeIdCardRequest;
import com.huaweicloud.sdk.ocr.v1.model.RecognizeIdCardResponse;

public class OcrClient {
    public static ClientBuilder<OcrClient> newBuilder() {
        return new ClientBuilder<>();
    }

    public RecognizeIdCardResponse recognizeIdCard(RecognizeIdCardRequest request) {
        throw new UnsupportedOperationException("signatures only");
    }
}
