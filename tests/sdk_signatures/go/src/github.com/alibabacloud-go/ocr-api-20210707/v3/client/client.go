// Package client has signatures of aliyun/alibabacloud-go-sdk, ocr-api-20210707/client/client.go at d6708c2e64c6.
package client

import (
	"io"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
)

type Client struct{}

func NewClient(config *openapi.Config) (*Client, error) { panic("signatures only") }

func (client *Client) RecognizeIdcard(request *RecognizeIdcardRequest) (_result *RecognizeIdcardResponse, _err error) {
	panic("signatures only")
}

type RecognizeIdcardRequest struct {
	OutputFigure      *bool
	OutputQualityInfo *bool
	Url               *string
	Body              io.Reader
}

type RecognizeIdcardResponse struct {
	Headers    map[string]*string
	StatusCode *int32
	Body       *RecognizeIdcardResponseBody
}

type RecognizeIdcardResponseBody struct {
	Code      *string
	Data      *string
	Message   *string
	RequestId *string
}
