// Package tea has signatures of alibabacloud-go/tea, tea/trans.go at 8ac445bc69ba.
package tea

func String(a string) *string      { panic("signatures only") }
func StringValue(a *string) string { panic("signatures only") }
