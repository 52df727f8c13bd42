// Package v1 has signatures of huaweicloud/huaweicloud-sdk-go-v3, services/ocr/v1/ocr_client.go, version 0.1.27 and later.
package v1

import (
	httpclient "github.com/huaweicloud/huaweicloud-sdk-go-v3/core"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/ocr/v1/model"
)

type OcrClient struct{}

func NewOcrClient(hcClient *httpclient.HcHttpClient) *OcrClient { panic("signatures only") }

func OcrClientBuilder() *httpclient.HcHttpClientBuilder { panic("signatures only") }

func (c *OcrClient) RecognizeIdCard(request *model.RecognizeIdCardRequest) (*model.RecognizeIdCardResponse, error) {
	panic("signatures only")
}
