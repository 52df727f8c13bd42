// Package basic has signatures of huaweicloud/huaweicloud-sdk-go-v3, core/auth/basic/basic_icredential.go at f5052809b95a.
package basic

type Credentials struct{}

func (s *Credentials) ProcessAuthParams() { panic("signatures only") }

type CredentialsBuilder struct{}

func NewCredentialsBuilder() *CredentialsBuilder { panic("signatures only") }

func (builder *CredentialsBuilder) WithAk(ak string) *CredentialsBuilder { panic("signatures only") }
func (builder *CredentialsBuilder) WithSk(sk string) *CredentialsBuilder { panic("signatures only") }

func (builder *CredentialsBuilder) WithProjectId(projectId string) *CredentialsBuilder {
	panic("signatures only")
}

func (builder *CredentialsBuilder) WithSecurityToken(token string) *CredentialsBuilder {
	panic("signatures only")
}

func (builder *CredentialsBuilder) SafeBuild() (*Credentials, error) { panic("signatures only") }
