// go get github.com/alibabacloud-go/ocr-api-20210707/v3 github.com/alibabacloud-go/darabonba-openapi/v2
package main

import (
	"fmt"
	"log"
	"os"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	ocr "github.com/alibabacloud-go/ocr-api-20210707/v3/client"
	"github.com/alibabacloud-go/tea/tea"
)

func main() {
	picture, err := os.Open("front.jpg")
	if err != nil {
		log.Fatal(err)
	}
	defer picture.Close()
	settings := &openapi.Config{
		AccessKeyId:     tea.String(os.Getenv("ALIBABA_CLOUD_ACCESS_KEY_ID")),
		AccessKeySecret: tea.String(os.Getenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET")),
		// protocol and endpoint are the only two differences from production
		Protocol: tea.String("{{scheme}}"),
		Endpoint: tea.String("{{authority}}"),
	}
	if token := os.Getenv("ALIBABA_CLOUD_SECURITY_TOKEN"); token != "" {
		settings.SecurityToken = tea.String(token)
	}
	client, err := ocr.NewClient(settings)
	if err != nil {
		log.Fatal(err)
	}
	answer, err := client.RecognizeIdcard(&ocr.RecognizeIdcardRequest{Body: picture})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(tea.StringValue(answer.Body.Data))
}
