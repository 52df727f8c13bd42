// TencentCloud/tencentcloud-sdk-java, src/main/java/com/tencentcloudapi/ocr/v20181119/OcrClient.java, version 3.1
package com.tencentcloudapi.ocr.v20181119;

import com.tencentcloudapi.common.Credential;
import com.tencentcloudapi.common.exception.TencentCloudSDKException;
import com.tencentcloudapi.common.profile.ClientProfile;
import com.tencentcloudapi.ocr.v20181119.models.IDCardOCRRequest;
import com.tencentcloudapi.ocr.v20181119.models.IDCardOCRResponse;

public class OcrClient {
    public OcrClient(Credential credential, String region) {}

    public OcrClient(Credential credential, String region, ClientProfile profile) {}

    public IDCardOCRResponse IDCardOCR(IDCardOCRRequest req) throws TencentCloudSDKException {
        throw new UnsupportedOperationException("signatures only");
    }
}
