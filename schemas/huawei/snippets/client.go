// go get github.com/huaweicloud/huaweicloud-sdk-go-v3
package main

import (
	"encoding/base64"
	"fmt"
	"log"
	"os"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/basic"
	ocr "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/ocr/v1"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/ocr/v1/model"
)

func main() {
	picture, err := os.ReadFile("front.jpg")
	if err != nil {
		log.Fatal(err)
	}
	key, err := basic.NewCredentialsBuilder().
		WithAk(os.Getenv("CLOUD_SDK_AK")).
		WithSk(os.Getenv("CLOUD_SDK_SK")).
		WithProjectId(os.Getenv("CLOUD_SDK_PROJECT_ID")).
		WithSecurityToken(os.Getenv("CLOUD_SDK_SECURITY_TOKEN")).
		SafeBuild()
	if err != nil {
		log.Fatal(err)
	}
	// the endpoint is the only difference from production
	client := ocr.NewOcrClient(ocr.OcrClientBuilder().
		WithEndpoints([]string{"{{url}}"}).
		WithCredential(key).
		Build())
	image := base64.StdEncoding.EncodeToString(picture)
	answer, err := client.RecognizeIdCard(&model.RecognizeIdCardRequest{
		Body: &model.IdCardRequestBody{Image: &image},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(*answer.Result.Name)
}
