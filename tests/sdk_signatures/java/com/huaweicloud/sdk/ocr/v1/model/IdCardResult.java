// huaweicloud/huaweicloud-sdk-java-v3, services/ocr/src/main/java/com/huaweicloud/sdk/ocr/v1/model/IdCardResult.java, version 3.1
package com.huaweicloud.sdk.ocr.v1.model;

public class IdCardResult {
    public String getName() {
        throw new UnsupportedOperationException("signatures only");
    }

    public String getNumber() {
        throw new UnsupportedOperationException("signatures only");
    }
}
