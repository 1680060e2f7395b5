// SPDX-License-Identifier: MPL-2.0

package admin

import "context"

// Token is a stored token (manual: "Stored token based authentication") and the
// plugins that it admits to.
type Token struct {
	Token   string   `json:"token"`
	Plugins []string `json:"allowed_plugins"`
}

// AddToken adds a stored token that admits to these plugins, named in full, or to
// all if none is named, and returns them. A Janus without token_auth, or with
// signed tokens, refuses all requests for tokens with janusclient.CodeUnknown.
func (c *Client) AddToken(ctx context.Context, token string, plugins ...string) ([]string, error) {
	return c.changeToken(ctx, "add_token", token, plugins)
}

// AllowToken lets a token admit to further plugins, and returns all of them. A
// token that Janus does not know is janusclient.CodeTokenNotFound.
func (c *Client) AllowToken(ctx context.Context, token string, plugins ...string) ([]string, error) {
	return c.changeToken(ctx, "allow_token", token, plugins)
}

// DisallowToken lets a token not admit to these plugins any more, and returns
// those that are left. The errors are AllowToken's.
func (c *Client) DisallowToken(ctx context.Context, token string, plugins ...string) ([]string, error) {
	return c.changeToken(ctx, "disallow_token", token, plugins)
}

func (c *Client) changeToken(ctx context.Context, request, token string, plugins []string) ([]string, error) {
	members := fields{"token": token}
	if len(plugins) > 0 {
		members["plugins"] = plugins
	}
	var answer struct {
		Data struct {
			Plugins []string `json:"plugins"`
		} `json:"data"`
	}
	err := c.ask(ctx, request, whole, members, &answer)
	return answer.Data.Plugins, err
}

// ListTokens returns the stored tokens that admit to any plugin.
func (c *Client) ListTokens(ctx context.Context) ([]Token, error) {
	var answer struct {
		Data struct {
			Tokens []Token `json:"tokens"`
		} `json:"data"`
	}
	err := c.ask(ctx, "list_tokens", whole, nil, &answer)
	return answer.Data.Tokens, err
}

// RemoveToken removes a stored token. Sessions that it admitted to go on, and
// their next request is refused. A token that Janus does not know is
// janusclient.CodeUnknown.
func (c *Client) RemoveToken(ctx context.Context, token string) error {
	return c.do(ctx, "remove_token", whole, fields{"token": token}, nil)
}
