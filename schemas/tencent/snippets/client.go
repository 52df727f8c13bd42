// go get github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common
// go get github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/ocr
package main

import (
	"encoding/base64"
	"fmt"
	"log"
	"os"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
	ocr "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/ocr/v20181119"
)

func main() {
	picture, err := os.ReadFile("front.jpg")
	if err != nil {
		log.Fatal(err)
	}
	key := common.NewTokenCredential(
		os.Getenv("TENCENTCLOUD_SECRET_ID"),
		os.Getenv("TENCENTCLOUD_SECRET_KEY"),
		os.Getenv("TENCENTCLOUD_SESSION_TOKEN"),
	)
	settings := profile.NewClientProfile()
	// scheme and endpoint are the only two differences from production
	settings.HttpProfile.Scheme = "{{scheme}}"
	settings.HttpProfile.Endpoint = "{{authority}}"
	client, err := ocr.NewClient(key, os.Getenv("TENCENTCLOUD_REGION"), settings)
	if err != nil {
		log.Fatal(err)
	}
	request := ocr.NewIDCardOCRRequest()
	request.ImageBase64 = common.StringPtr(base64.StdEncoding.EncodeToString(picture))
	request.CardSide = common.StringPtr("FRONT")
	answer, err := client.IDCardOCR(request)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(*answer.Response.Name)
}
