// Package profile has signatures of TencentCloud/tencentcloud-sdk-go, tencentcloud/common/profile/client_profile.go at 322ef76529e6 and http_profile.go
// at 138454323657.
package profile

type ClientProfile struct {
	HttpProfile *HttpProfile
	SignMethod  string
	Language    string
}

func NewClientProfile() *ClientProfile { panic("signatures only") }

type HttpProfile struct {
	ReqMethod  string
	ReqTimeout int
	Endpoint   string
	Scheme     string
}
