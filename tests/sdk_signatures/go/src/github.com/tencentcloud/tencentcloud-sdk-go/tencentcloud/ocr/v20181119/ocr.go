// Package v20181119 has signatures of TencentCloud/tencentcloud-sdk-go, tencentcloud/ocr/v20181119/client.go at 006360b52f42 and models.go of the same folder.
package v20181119

import (
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
)

type Client struct{}

func NewClient(credential common.CredentialIface, region string, clientProfile *profile.ClientProfile) (client *Client, err error) {
	panic("signatures only")
}

func NewIDCardOCRRequest() (request *IDCardOCRRequest) { panic("signatures only") }

func (c *Client) IDCardOCR(request *IDCardOCRRequest) (response *IDCardOCRResponse, err error) {
	panic("signatures only")
}

type IDCardOCRRequest struct {
	ImageBase64 *string
	ImageUrl    *string
	CardSide    *string
	Config      *string
}

type IDCardOCRResponse struct {
	Response *IDCardOCRResponseParams
}

type IDCardOCRResponseParams struct {
	Name  *string
	IdNum *string
}
