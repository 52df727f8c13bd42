package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
)

func main() {
	picture, err := os.ReadFile("front.jpg")
	if err != nil {
		log.Fatal(err)
	}
	image := "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(picture)
	body, err := json.Marshal(map[string]string{"image": image})
	if err != nil {
		log.Fatal(err)
	}
	// the address is the only difference from production
	request, err := http.NewRequest(http.MethodPost, "{{url}}/idcard/ocr", bytes.NewReader(body))
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("Authorization", "APPCODE "+os.Getenv("ALIMARKET_APPCODE"))
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer reply.Body.Close()
	answer, err := io.ReadAll(reply.Body)
	if err != nil {
		log.Fatal(err)
	}
	// the gateway refuses in headers, the seller in the body
	fmt.Println(reply.Status, reply.Header.Get("X-Ca-Error-Message"), string(answer))
}
