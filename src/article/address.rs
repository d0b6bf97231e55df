//! When two addresses are those of one page.

use url::Url;

/// Labels of a host that only say which form of a page is meant.
const ALIASES: [&str; 5] = ["www", "m", "mobile", "amp", "touch"];
/// What names a folder's page.
const INDEXES: [&str; 5] = ["index.html", "index.htm", "index.php", "default.aspx", "index.shtml"];
/// Parameters that tell whence a reader came, not what she reads.
const TRACKING: [&str; 36] = [
    "_ga",
    "_gl",
    "_hsenc",
    "_hsmi",
    "amp",
    "cmp",
    "cmpid",
    "dclid",
    "dicbo",
    "fbclid",
    "ftag",
    "gbraid",
    "gclid",
    "gclsrc",
    "icid",
    "igsh",
    "igshid",
    "ito",
    "li_fat_id",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "msclkid",
    "ncid",
    "ocid",
    "outputtype",
    "ref",
    "ref_src",
    "smid",
    "source",
    "sref",
    "taid",
    "ttclid",
    "twclid",
    "wbraid",
    "xtor",
];
/// How the names of further such parameters begin.
const FAMILIES: [&str; 8] = ["utm_", "at_", "ga_", "hsa_", "mtm_", "oly_", "pk_", "vero_"];

/// The address that all addresses of a page have in common: without scheme, host aliases, tracking
/// parameters, fragment and a slash at its end. No browser opens it. What is no http(s) address
/// stays as it is.
pub fn canonical(address: &str) -> String {
    let Ok(url) = Url::parse(address) else { return address.to_owned() };
    let (Some(host), "http" | "https") = (url.host_str(), url.scheme()) else {
        return address.to_owned();
    };
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    let mut pairs: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| !is_tracking(name))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    pairs.sort();
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{}{port}{}{mark}{query}", plain_host(host), plain_path(url.path()))
}

fn is_tracking(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    TRACKING.contains(&name.as_str()) || FAMILIES.iter().any(|family| name.starts_with(family))
}

/// `en.m.wikipedia.org` and `www.site.example` without what names the form; the site's own name, the
/// last two labels, is never taken apart.
fn plain_host(host: &str) -> String {
    let labels: Vec<&str> = host.trim_end_matches('.').split('.').collect();
    let own = labels.len().saturating_sub(2);
    let kept =
        labels.iter().enumerate().filter(|(at, label)| *at >= own || !ALIASES.contains(label));
    kept.map(|(_, label)| *label).collect::<Vec<_>>().join(".")
}

fn plain_path(path: &str) -> String {
    let mut path = path.trim_end_matches('/');
    if let Some((folder, file)) = path.rsplit_once('/')
        && (INDEXES.contains(&file) || file == "amp")
    {
        path = folder.trim_end_matches('/');
    }
    if let Some(stem) = path.strip_suffix(".amp") {
        return stem.to_owned();
    }
    match path.strip_suffix(".amp.html") {
        Some(stem) => format!("{stem}.html"),
        None => {
            path.strip_prefix("/amp/").map_or_else(|| path.to_owned(), |rest| format!("/{rest}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_one_address_whatever_leads_to_it() {
        let own = canonical("https://news.example/2023/strikes?id=7&page=2");
        assert_eq!(own, "news.example/2023/strikes?id=7&page=2");
        for other in [
            "http://news.example/2023/strikes/?page=2&id=7",
            "https://www.news.example/2023/strikes?id=7&page=2#top",
            "https://m.news.example/2023/strikes?id=7&utm_source=feed&page=2&fbclid=x",
            "https://amp.news.example:443/2023/strikes/amp/?id=7&page=2&amp=1",
            "https://news.example/amp/2023/strikes?UTM_Medium=x&id=7&page=2&outputType=amp",
            "https://NEWS.example/2023/strikes/index.html?id=7&page=2&mc_cid=1&_hsenc=2",
        ] {
            assert_eq!(canonical(other), own, "{other}");
        }
        assert_eq!(canonical("https://en.m.wikipedia.org/wiki/Q"), "en.wikipedia.org/wiki/Q");
        assert_eq!(canonical("https://a.example/b.amp.html"), canonical("http://a.example/b.html"));
    }

    #[test]
    fn other_pages_have_other_addresses() {
        let pages = [
            "https://news.example/a",
            "https://news.example/A",
            "https://news.example/a?page=2",
            "https://news.example/a?part=2",
            "https://news.example/a?p=2",
            "https://news.example/amplifier",
            "https://news.example:8080/a",
            "https://sport.news.example/a",
            "https://m.example/a",
            "https://www.example/a",
            "mailto:a@news.example",
            "articles/a.md",
        ];
        let all: std::collections::BTreeSet<String> = pages.map(canonical).into();
        assert_eq!(all.len(), pages.len(), "{all:?}");
    }
}
