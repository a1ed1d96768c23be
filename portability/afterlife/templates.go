package afterlife

// What is around the rules. nginx finds a rule without regard to case; the second map
// compares the exact name with those that the rule has, and takes what it says to a
// request of that kind. Nothing of a request stands before the rules there, and no
// control character in it is let through, so that a request cannot bring rules of its
// own.
const nginxHTTP = `# For the http block of nginx.conf. The files named *.map lie beside this one; name
# their whole path if nginx looks for them elsewhere.
map_hash_bucket_size %[1]d;
map_hash_max_size %[2]d;
geo $godwit_dollar { default "$"; }
map $http_accept $godwit_wish {
    default 0;
    "~*^(?:(?!text/html|application/xhtml\+xml).)*application/(?:activity|ld)\+json" 1;
    "~*(?:text/html|application/xhtml\+xml)" 2;
}
map $http_host $godwit_host {
    default "";
%[3]s}
map "$godwit_host$uri" $godwit_path_rules {
    default "";
    include nginx-rules.map;
}
map "$godwit_host$uri?$args" $godwit_query_rules {
    default "";
    include nginx-query.map;
}
map "$godwit_wish\t$godwit_path_rules\t$uri" $godwit_path_rule {
    default "";
    "~^0\t(?:[^\t]*\t[^\t]*\t[^\t]*\t[^\t]*\t)*?([^\t]*)\t(?<godwit_p0>[^\t]+)\t[^\t]*\t[^\t]*\t(?:[^\t]+\t[^\t]*\t[^\t]*\t[^\t]*\t)*\t\1$" $godwit_p0;
    "~^1\t(?:[^\t]*\t[^\t]*\t[^\t]*\t[^\t]*\t)*?([^\t]*)\t[^\t]*\t(?<godwit_p1>[^\t]+)\t[^\t]*\t(?:[^\t]+\t[^\t]*\t[^\t]*\t[^\t]*\t)*\t\1$" $godwit_p1;
    "~^2\t(?:[^\t]*\t[^\t]*\t[^\t]*\t[^\t]*\t)*?([^\t]*)\t[^\t]*\t[^\t]*\t(?<godwit_p2>[^\t]+)\t(?:[^\t]+\t[^\t]*\t[^\t]*\t[^\t]*\t)*\t\1$" $godwit_p2;
}
map "$godwit_wish\t$godwit_query_rules\t$uri?$args" $godwit_query_rule {
    default "";
    "~^0\t(?:[^\t]*\t[^\t]*\t[^\t]*\t[^\t]*\t)*?([^\t]*)\t(?<godwit_q0>[^\t]+)\t[^\t]*\t[^\t]*\t(?:[^\t]+\t[^\t]*\t[^\t]*\t[^\t]*\t)*\t\1$" $godwit_q0;
    "~^1\t(?:[^\t]*\t[^\t]*\t[^\t]*\t[^\t]*\t)*?([^\t]*)\t[^\t]*\t(?<godwit_q1>[^\t]+)\t[^\t]*\t(?:[^\t]+\t[^\t]*\t[^\t]*\t[^\t]*\t)*\t\1$" $godwit_q1;
    "~^2\t(?:[^\t]*\t[^\t]*\t[^\t]*\t[^\t]*\t)*?([^\t]*)\t[^\t]*\t[^\t]*\t(?<godwit_q2>[^\t]+)\t(?:[^\t]+\t[^\t]*\t[^\t]*\t[^\t]*\t)*\t\1$" $godwit_q2;
}
map $godwit_query_rule $godwit_rule {
    default $godwit_query_rule;
    "" $godwit_path_rule;
}
map $arg_resource $godwit_handle {
    default "";
    "~*^(?:acct(?::|%%3a))?(?:@|%%40)?(?<godwit_user>[^@:/]+?)(?:@|%%40)(?<godwit_at>[^@%%/]+)$" "$godwit_user@$godwit_at";
}
map $godwit_handle $godwit_handle_rule {
    default "";
    include nginx-handles.map;
}
map "$godwit_host$arg_resource" $godwit_resource_rules {
    default "";
    include nginx-resources.map;
}
map "$godwit_resource_rules\t$arg_resource" $godwit_resource_rule {
    default "";
    "~^(?:[^\t]*\t[^\t]*\t[^\t]*\t[^\t]*\t)*?([^\t]*)\t(?<godwit_r>[^\t]+)\t[^\t]*\t[^\t]*\t(?:[^\t]+\t[^\t]*\t[^\t]*\t[^\t]*\t)*\t\1$" $godwit_r;
}
map $godwit_resource_rule $godwit_finger {
    default $godwit_resource_rule;
    "" $godwit_handle_rule;
}
map $godwit_rule $godwit_location {
    default "";
    "~^301 (?<godwit_to>.+)$" $godwit_to;
}
map $godwit_rule $godwit_file {
    default "";
    "~^200 (?<godwit_path>.+)$" $godwit_path;
}
map $godwit_finger $godwit_finger_file {
    default "";
    "~^200 (?<godwit_jrd>.+)$" $godwit_jrd;
}
`

const nginxServer = `# For the server block, whose root is the folder with _redirects. It listens for all
# names that the old server had.
merge_slashes off;
absolute_redirect off;
error_page 301 /.godwit/e/301.txt;
error_page 400 /.godwit/e/400.txt;
error_page 404 /.godwit/e/404.txt;
error_page 405 =405 /.godwit/e/405.txt;
error_page 410 /.godwit/e/410.txt;
location / {
    if ($request_method !~ "^(?:GET|HEAD)$") { return 405; }
    if ($uri ~ "[\x00-\x1f\x7f]") { return 404; }
    if ($request_uri ~* "^[^?#]*(?:/|%%2f)(?:\.|%%2e)(?:\.|%%2e)?(?:/|%%2f|$|[?#])") { return 404; }
    if ($godwit_location) { return 301 $godwit_location; }
    if ($godwit_rule = 410) { return 410; }
    if ($godwit_file = "") { return 404; }
    rewrite ^ $godwit_file last;
}
location = /.well-known/webfinger {
    error_page 400 /.godwit/e/finger.txt;
    error_page 404 /.godwit/e/404.txt;
    error_page 405 =405 /.godwit/e/405.txt;
    error_page 410 /.godwit/e/410.txt;
    if ($request_method !~ "^(?:GET|HEAD)$") { return 405; }
    if ($arg_resource = "") { return 400; }
    if ($godwit_finger = 410) { return 410; }
    if ($godwit_finger_file = "") { return 404; }
    rewrite ^ $godwit_finger_file last;
}
location ^~ /.godwit/ {
    internal;
    return 404;
}
location ^~ /.godwit/a/ {
    internal;
    default_type application/octet-stream;
    types {
%[1]s    }
    add_header Vary Accept always;
    add_header X-Content-Type-Options nosniff always;
    add_header Cache-Control "public, max-age=180" always;
    add_header Access-Control-Allow-Origin * always;
}
location ^~ /.godwit/p/ {
    internal;
    types { "text/html; charset=utf-8" html; }
    add_header Vary Accept always;
    add_header X-Content-Type-Options nosniff always;
    add_header Cache-Control "public, max-age=180" always;
    add_header Content-Security-Policy "default-src 'none'" always;
}
location ^~ /.godwit/m/ {
    internal;
    default_type application/octet-stream;
    types {
%[2]s    }
    add_header Vary Accept always;
    add_header X-Content-Type-Options nosniff always;
    add_header Cache-Control "public, max-age=180" always;
    add_header Content-Security-Policy "sandbox; default-src 'none'" always;
}
location ^~ /.godwit/f/ {
    internal;
    types { }
    default_type application/octet-stream;
    add_header Vary Accept always;
    add_header X-Content-Type-Options nosniff always;
    add_header Cache-Control "public, max-age=180" always;
    add_header Content-Security-Policy "sandbox; default-src 'none'" always;
    add_header Content-Disposition attachment always;
}
location ^~ /.godwit/e/ {
    internal;
    types { "text/plain; charset=utf-8" txt; }
    add_header Vary Accept always;
    add_header X-Content-Type-Options nosniff always;
    add_header Cache-Control "public, max-age=180" always;
}
location = /.godwit/e/301.txt {
    internal;
    types { }
    default_type "";
    add_header Vary Accept always;
    add_header X-Content-Type-Options nosniff always;
    add_header Cache-Control "public, max-age=180" always;
}
`
