// huaweicloud/huaweicloud-sdk-java-v3, services/ocr/src/main/java/com/huaweicloud/sdk/ocr/v1/model/RecognizeIdCardRequest.java at 6018b4a654a9
package com.huaweicloud.sdk.ocr.v1.model;

import java.util.function.Consumer;

public class RecognizeIdCardRequest {
    public RecognizeIdCardRequest withBody(IdCardRequestBody body) {
        return this;
    }

    public RecognizeIdCardRequest withBody(Consumer<IdCardRequestBody> bodySetter) {
        return this;
    }
}
