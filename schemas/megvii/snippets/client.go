package main

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"mime/multipart"
	"net/http"
	"os"
)

func main() {
	picture, err := os.ReadFile("front.jpg")
	if err != nil {
		log.Fatal(err)
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	form.WriteField("api_key", os.Getenv("MEGVII_API_KEY"))
	form.WriteField("api_secret", os.Getenv("MEGVII_API_SECRET"))
	form.WriteField("return_portrait", "0")
	file, err := form.CreateFormFile("image", "front.jpg")
	if err != nil {
		log.Fatal(err)
	}
	file.Write(picture)
	form.Close()

	// the address is the only difference from production
	reply, err := http.Post("{{url}}/faceid/v3/ocridcard", form.FormDataContentType(), &body)
	if err != nil {
		log.Fatal(err)
	}
	defer reply.Body.Close()
	answer, err := io.ReadAll(reply.Body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(reply.Status, string(answer))
}
