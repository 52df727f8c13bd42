// Package auth has signatures of huaweicloud/huaweicloud-sdk-go-v3, core/auth/icredential.go at 32ad259844c6, without the methods that clients do not call.
package auth

type ICredential interface {
	ProcessAuthParams()
}
