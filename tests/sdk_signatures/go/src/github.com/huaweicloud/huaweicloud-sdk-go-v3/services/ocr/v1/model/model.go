// Package model has signatures of huaweicloud/huaweicloud-sdk-go-v3, services/ocr/v1/model/model_recognize_id_card_request.go,
// model_id_card_request_body.go, model_recognize_id_card_response.go and model_id_card_result.go at 06b5215489b8.
package model

type RecognizeIdCardRequest struct {
	Body *IdCardRequestBody
}

type IdCardRequestBody struct {
	Image *string
	Url   *string
	Side  *string
}

type RecognizeIdCardResponse struct {
	Result         *IdCardResult
	HttpStatusCode int
}

type IdCardResult struct {
	Name   *string
	Number *string
}
