// Package common has signatures of TencentCloud/tencentcloud-sdk-go, tencentcloud/common/credentials.go at 18b47c76bf73 and common/types.go at 95ea0d994271.
package common

type CredentialIface interface {
	GetSecretId() string
	GetToken() string
	GetSecretKey() string
}

type Credential struct {
	SecretId  string
	SecretKey string
	Token     string
}

func (c *Credential) GetSecretId() string  { panic("signatures only") }
func (c *Credential) GetSecretKey() string { panic("signatures only") }
func (c *Credential) GetToken() string     { panic("signatures only") }

func NewCredential(secretId, secretKey string) *Credential             { panic("signatures only") }
func NewTokenCredential(secretId, secretKey, token string) *Credential { panic("signatures only") }

func StringPtr(v string) *string { panic("signatures only") }
