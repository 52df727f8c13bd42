// Package core has signatures of huaweicloud/huaweicloud-sdk-go-v3, core/hc_http_client_builder.go, version 0.1.27 and later.
package core

import "github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth"

type HcHttpClient struct{}

type HcHttpClientBuilder struct{}

func (builder *HcHttpClientBuilder) WithEndpoints(endpoints []string) *HcHttpClientBuilder {
	panic("signatures only")
}

func (builder *HcHttpClientBuilder) WithCredential(iCredential auth.ICredential) *HcHttpClientBuilder {
	panic("signatures only")
}

func (builder *HcHttpClientBuilder) Build() *HcHttpClient { panic("signatures only") }
