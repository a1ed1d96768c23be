package site

import (
	"fmt"
	"math/bits"
)

// serverFiles writes what web servers are told besides the redirects: that files
// are what their type says and run nothing, and that those which no page shows
// are offered as downloads.
func (b *builder) serverFiles() error {
	base := b.site.options.basePath()
	size := 1 << bits.Len64(uint64(b.report.Redirects)|1023)
	for path, text := range map[string]string{
		"_headers":                 fmt.Sprintf(headers, base),
		"server/nginx-http.conf":   fmt.Sprintf(nginxHTTP, size*2),
		"server/nginx-server.conf": fmt.Sprintf(nginxServer, base),
		"server/Caddyfile":         fmt.Sprintf(caddyfile, base),
	} {
		if err := b.pages.write(path, []byte(text)); err != nil {
			return err
		}
	}
	return nil
}

const headers = `/*
  X-Content-Type-Options: nosniff
  Referrer-Policy: no-referrer
%[1]smedia/*
  Content-Security-Policy: sandbox; default-src 'none'
%[1]sfiles/*
  Content-Security-Policy: sandbox; default-src 'none'
  Content-Disposition: attachment
`

const nginxHTTP = `# For the http block of nginx.conf. nginx-redirects.map lies beside this file;
# name its whole path if nginx looks for it elsewhere.
map_hash_bucket_size 2048;
map_hash_max_size %d;
map $uri $godwit_redirect {
    default "";
    include nginx-redirects.map;
}
`

const nginxServer = `# For the server block of the site, whose root is the folder with index.html.
if ($godwit_redirect) {
    return 301 $godwit_redirect;
}
add_header X-Content-Type-Options nosniff always;
add_header Referrer-Policy no-referrer always;
location ^~ %[1]smedia/ {
    add_header X-Content-Type-Options nosniff always;
    add_header Content-Security-Policy "sandbox; default-src 'none'" always;
}
location ^~ %[1]sfiles/ {
    add_header X-Content-Type-Options nosniff always;
    add_header Content-Security-Policy "sandbox; default-src 'none'" always;
    add_header Content-Disposition attachment always;
}
location ^~ %[1]sserver/ {
    return 404;
}
`

const caddyfile = `# To be imported inside of the site's block, which has a root and a file_server.
map {http.request.uri.path} {godwit_redirect} {
    import caddy-redirects
    default ""
}
@godwit_redirect expression {godwit_redirect} != ""
redir @godwit_redirect {godwit_redirect} permanent
header X-Content-Type-Options nosniff
header Referrer-Policy no-referrer
header %[1]smedia/* Content-Security-Policy "sandbox; default-src 'none'"
header %[1]sfiles/* Content-Security-Policy "sandbox; default-src 'none'"
header %[1]sfiles/* Content-Disposition attachment
respond %[1]sserver/* 404
`
