// Package client has signatures of aliyun/darabonba-openapi, golang/client/client.go at ed8f1baccd8f.
package client

type Config struct {
	AccessKeyId     *string
	AccessKeySecret *string
	SecurityToken   *string
	Protocol        *string
	RegionId        *string
	Endpoint        *string
}
