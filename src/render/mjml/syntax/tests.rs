use super::slips;

fn told(css: &str) -> String {
    let told = slips(css).into_iter().map(|slip| {
        let at = &css[slip.at.clone()];
        format!("{}..{} `{at}`: {} | {}", slip.at.start, slip.at.end, slip.what, slip.hint)
    });
    told.collect::<Vec<_>>().join("\n")
}

#[test]
fn what_browsers_pass_over_is_told() {
    let cases = [
        "a{color red}",
        "a{color:red\n font-size:12px;margin:0}",
        "a{color:red font-size:12px}",
        "a{font size:12px;color red\nmargin:0}",
        "// red\n.a{color:red} // blue\n.b{color:blue; // don't\n}",
        "@meda (max-width:480px){a{b:c}}",
        "@tailwind base;",
        "@media max-width:480px{a{b:c}}",
        "@media screen and max-width: 480px and (hover){a{b:c}}",
        "@media screen and(max-width:480px){a{b:c}}",
        "@media screen (max-width:480px){a{b:c}}",
        "@media (max-width:480),(max-widht:480px),(prefers-colour-scheme: dark){a{b:c}}",
        "@media (prefers-color-scheme:drak),(max-width 1px),(min-width:9 px),(width:9xp),(foo){a{b c}}",
        "..b{c:d}",
        ".a,{c:d} ,.a{c:d} .a,,.b{c:d}",
        ".a >> td{c:d} .a >{c:d} > .a{c:d} .a > + b{c:d}",
        ".1a{c:d} #1{c:d} a. b{c:d} a: hover{c:d} a:{c:d}",
        "{c:d}",
        ".a{c:d}; .b{c:d}",
        "c:d; .a{c:d} é",
        "@supports (display:grid){ .a,{c:d} @media print{ .b{c d} } }",
        "@keyframes x{ from{c d} }",
    ];
    let told = cases.map(|css| format!("{css}\n{}\n", told(css)));
    insta::assert_snapshot!(told.join("\n"), @r"
    a{color red}
    2..11 `color red`: `color red` says nothing: it has no `:` | write `color: red`

    a{color:red
     font-size:12px;margin:0}
    13..22 `font-size`: a `;` is missing before `font-size` | without it neither of the two declarations counts

    a{color:red font-size:12px}
    12..21 `font-size`: a `;` is missing before `font-size` | without it neither of the two declarations counts

    a{font size:12px;color red
    margin:0}
    2..11 `font size`: `font size` is no property: it has a blank | write `font-size`, or put a `;` between the two
    17..26 `color red`: `color red` says nothing: it has no `:` | write `color: red`

    // red
    .a{color:red} // blue
    .b{color:blue; // don't
    }
    0..6 `// red`: `//` begins no comment in CSS | write `/* … */`: this line takes what follows with it
    21..28 `// blue`: `//` begins no comment in CSS | write `/* … */`: this line takes what follows with it
    44..52 `// don't`: `//` begins no comment in CSS | write `/* … */`: this line takes what follows with it

    @meda (max-width:480px){a{b:c}}
    0..5 `@meda`: there is no `@meda` in CSS | did you mean `@media`?

    @tailwind base;
    0..9 `@tailwind`: there is no `@tailwind` in CSS | take it out: browsers pass over it with all that it holds

    @media max-width:480px{a{b:c}}
    7..22 `max-width:480px`: `max-width:480px` stands in no brackets | write `(max-width:480px)`

    @media screen and max-width: 480px and (hover){a{b:c}}
    18..34 `max-width: 480px`: `max-width: 480px` stands in no brackets | write `(max-width: 480px)`

    @media screen and(max-width:480px){a{b:c}}
    14..18 `and(`: `and(` joins nothing | write `and (`: without the blank it is a function's name

    @media screen (max-width:480px){a{b:c}}
    14..31 `(max-width:480px)`: an `and` is missing before this | write `and (max-width:480px)`

    @media (max-width:480),(max-widht:480px),(prefers-colour-scheme: dark){a{b:c}}
    7..22 `(max-width:480)`: `480` has no unit | write `(max-width: 480px)`
    23..40 `(max-widht:480px)`: there is no media feature `max-widht` | did you mean `max-width`?
    41..70 `(prefers-colour-scheme: dark)`: there is no media feature `prefers-colour-scheme` | did you mean `prefers-color-scheme`?

    @media (prefers-color-scheme:drak),(max-width 1px),(min-width:9 px),(width:9xp),(foo){a{b c}}
    7..34 `(prefers-color-scheme:drak)`: `prefers-color-scheme` cannot be `drak` | did you mean `(prefers-color-scheme: dark)`?
    35..50 `(max-width 1px)`: `(max-width 1px)` has no `:` | write `(max-width: 1px)`
    51..67 `(min-width:9 px)`: `9 px` has a blank in it | write `(min-width: 9px)`
    68..79 `(width:9xp)`: there is no unit `xp` | write `(width: 9px)`
    80..85 `(foo)`: there is no media feature `foo` | take it out: what it asks never holds
    88..91 `b c`: `b c` says nothing: it has no `:` | write `b: c`

    ..b{c:d}
    0..2 `..`: `..b` is no selector: no name stands behind `.` | the whole rule is lost, with what its other selectors say

    .a,{c:d} ,.a{c:d} .a,,.b{c:d}
    2..3 `,`: there is no selector beside this `,` | take it out: the whole rule is lost
    9..10 `,`: there is no selector beside this `,` | take it out: the whole rule is lost
    20..21 `,`: there is no selector beside this `,` | take it out: the whole rule is lost

    .a >> td{c:d} .a >{c:d} > .a{c:d} .a > + b{c:d}
    4..5 `>`: `.a >> td` is no selector: `>` stands behind another sign | the whole rule is lost, with what its other selectors say
    17..18 `>`: `.a >` is no selector: nothing stands behind `>` | the whole rule is lost, with what its other selectors say
    24..25 `>`: `> .a` is no selector: nothing stands before `>` | the whole rule is lost, with what its other selectors say
    39..40 `+`: `.a > + b` is no selector: `+` stands behind another sign | the whole rule is lost, with what its other selectors say

    .1a{c:d} #1{c:d} a. b{c:d} a: hover{c:d} a:{c:d}
    0..2 `.1`: `.1a` is no selector: a name does not begin with a digit | the whole rule is lost, with what its other selectors say
    9..11 `#1`: `#1` is no selector: a name does not begin with a digit | the whole rule is lost, with what its other selectors say
    18..19 `.`: `a. b` is no selector: no name stands behind `.` | the whole rule is lost, with what its other selectors say
    28..29 `:`: `a: hover` is no selector: no name stands behind `:` | the whole rule is lost, with what its other selectors say
    42..43 `:`: `a:` is no selector: no name stands behind `:` | the whole rule is lost, with what its other selectors say

    {c:d}
    0..1 `{`: this rule has no selector | write before it what it is for

    .a{c:d}; .b{c:d}
    7..8 `;`: a `;` between rules takes away the rule behind it | take it out

    c:d; .a{c:d} é
    0..3 `c:d`: `c:d` stands in no rule | a rule is written `selector { property: value }`
    13..15 `é`: `é` stands in no rule | a rule is written `selector { property: value }`

    @supports (display:grid){ .a,{c:d} @media print{ .b{c d} } }
    28..29 `,`: there is no selector beside this `,` | take it out: the whole rule is lost
    52..55 `c d`: `c d` says nothing: it has no `:` | write `c: d`

    @keyframes x{ from{c d} }
    19..22 `c d`: `c d` says nothing: it has no `:` | write `c: d`
    ");
}

#[test]
fn what_some_client_reads_is_not_told() {
    for css in [
        "a{mso-line-height-rule:exactly;*zoom:1;_height:1px;color/**/:red;color:red\\9;-x-y:z}",
        "u + .body .a, [data-ogsc] .b, * html .c, *+html .d, .e:not(.f,.g)::before{a:b;}",
        "#outlook a{padding:0} .ExternalClass *{a:b} a[x-apple-data-detectors]{a:b!important}",
        "@media only screen and (-webkit-min-device-pixel-ratio: 2){a{b:c}}",
        "@media only screen and (-webkit-min-device-pixel-ratio:1.5),(min-resolution:144dpi){a{b:c}}",
        "@media (min--moz-device-pixel-ratio:2), (min-device-pixel-ratio:2){a{b:c}}",
        "@media yahoo{a{b:c}} @media screen yahoo{a{b:c}} @media screen, yahoo{}",
        "@media screen and (max-width:0\\0){a{b:c}} @media \\0screen{a{b:c}}",
        "@media all and (transform-3d), (-webkit-transform-3d){a{b:c}}",
        "@media(max-width:480px){a{b:c}} @MEDIA SCREEN AND (MAX-WIDTH : 480PX){a{b:c}}",
        "@media (width<=480px){a{b:c}} @media (400px<width<=700px){a{b:c}}",
        "@media not all and (monochrome){a{b:c}} @media (min-width:0){a{b:c}}",
        "@media not ((hover) or (color)){a{b:c}} @media (min-width:calc(1px + 2em)){a{b:c}}",
        "@media screen and (device-width:375px) and (orientation:portrait){a{b:c}}",
        "@media (prefers-color-scheme){a{b:c}} @media (prefers-color-scheme: light ){a{b:c}}",
        "@media /* x */ (max-width:480px){a{b:c}}",
        "@supports (-ms-ime-align:auto) and (not (x:y)){a{b:c}}",
        "@media screen, yahoo{a{b:c} @goodbye { a{b:c} } d{e:f}}",
        "@charset \"utf-8\"; @import url(https://x.example/a;b//c); @import \"//x\" screen;",
        "@font-face{font-family:'X';src:url(//x/a.woff2) format(\"woff2\"),local(y);}",
        "@keyframes x{from{a:b} 50.5%{a:b} to{a:b}} @-webkit-keyframes y{0%{a:b}}",
        "@-ms-viewport{width:device-width} @-moz-document url-prefix(){a{b:c}} @viewport{a:b}",
        "@page Section1{size:8.5in 11.0in;} @list l0:level1{mso-level-tab-stop:none} div.S{page:S;}",
        "a{filter:progid:DXImageTransform.Microsoft.gradient(startColorstr='#8000', endColorstr='#8')}",
        "a{-ms-filter:\"progid:X(a=1; b:2)\";filter: alpha(opacity=50);width:expression(a > 1 ? \"b;c:d\" : e)}",
        "a{background:url(data:image/png;base64,iVB//Rw0KG==) no-repeat;behavior:url(#default#VML)}",
        "a{content:\"} .b{\\\"c d\";quotes:'a' 'b';font:12px/1.5 Arial, 'Segoe UI'}",
        "a[href*=\"//\"], a[title=\"a,{b}\"], a[href^='tel:'] > b{c:d}",
        "a{background:http://x.example/y.png}",
        "a{--x: a: b\n c:d;--y:{a:b};color:var(--x,red)}",
        "a{color:red;;} ; /* end */",
        "a{[;color:red;]}",
        "a{color:red /* a\n b: c */;b:c}",
        ".a{color:red; &:hover{color:blue} .b &{c:d} @media print{e:f}}",
        "\u{feff}.\u{e4}{a:b} .a\\:b{c:d} .\\31 a{b:c} ._a,.-a,.--a{b:c} svg|a,*|*{b:c}",
        "a{grid-template-areas:\"a b\"\n \"c d\";transition:color .2s,\n background .2s}",
        "a:hover>b~c+d{e:f} td>*{a:b} tr:nth-child(2n + 1){a:b} ::selection{a:b} _:-ms-x, :root a{b:c}",
        "",
    ] {
        assert_eq!(told(css), "", "{css}");
    }
}

#[test]
fn what_is_no_css_ends() {
    for css in
        ["{", "}", "a{b", "@", "@{", "@media", "@media(", "\\", "'\\", "/*", "//", "é{(ü", ",{"]
    {
        let _ = slips(css);
    }
}
