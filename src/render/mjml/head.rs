//! What the head says that mrml does not do, or does otherwise than npm.

use super::tree::{Element, Node};

/// Fonts that npm knows by name.
const FONTS: [(&str, &str); 5] = [
    ("Open Sans", "https://fonts.googleapis.com/css?family=Open+Sans:300,400,500,700"),
    ("Droid Sans", "https://fonts.googleapis.com/css?family=Droid+Sans:300,400,500,700"),
    ("Lato", "https://fonts.googleapis.com/css?family=Lato:300,400,500,700"),
    ("Roboto", "https://fonts.googleapis.com/css?family=Roboto:300,400,500,700"),
    ("Ubuntu", "https://fonts.googleapis.com/css?family=Ubuntu:300,400,500,700"),
];

/// What was taken out of a document before mrml sees it.
#[derive(Debug, Default)]
pub(super) struct Head {
    /// Names and addresses.
    fonts: Vec<(String, String)>,
    /// The style sheets whose rules are written into the elements.
    pub(super) inline: Vec<String>,
    /// Selectors, each with names and values.
    pub(super) attributes: Vec<Selected>,
    /// What stands before the page.
    pub(super) before: String,
    /// Whether Outlook on the web, which reads no `@media`, is to show columns side by side.
    pub(super) owa_desktop: bool,
    /// The attributes of `<body>` itself.
    pub(super) body: Vec<(&'static str, String)>,
}

/// `mj-selector`: attributes for what it selects.
#[derive(Debug)]
pub(super) struct Selected {
    pub(super) path: String,
    pub(super) attributes: Vec<(String, String)>,
    /// Where it begins in the prepared text.
    pub(super) at: usize,
}

impl Head {
    /// Takes out of a document what is done here.
    pub(super) fn take(root: &mut Element) -> Self {
        let fonts = FONTS.map(|(name, href)| (name.to_owned(), href.to_owned()));
        let mut head = Self { fonts: fonts.to_vec(), ..Self::default() };
        root.children.retain(|child| match child {
            Node::Element(element) if element.name == "mj-raw" => {
                if element.get("position") == Some("file-start") {
                    head.before.push_str(&format!("{}\n", element.content.trim()));
                }
                false
            }
            _ => true,
        });
        head.owa_desktop = root.remove("owa").is_some_and(|owa| owa == "desktop");
        if let Some(element) = root.elements_mut().find(|element| element.name == "mj-head") {
            head.of(element);
        }
        if let Some(body) = root.elements_mut().find(|element| element.name == "mj-body") {
            for (name, is) in [("id", "id"), ("css-class", "class")] {
                head.body.extend(body.remove(name).map(|value| (is, value)));
            }
        }
        head
    }

    fn of(&mut self, head: &mut Element) {
        let mut sheets = Vec::new();
        for child in std::mem::take(&mut head.children) {
            let Node::Element(element) = child else {
                head.children.push(child);
                continue;
            };
            match element.name.as_str() {
                "mj-font" => self.font(&element),
                "mj-style" if element.get("inline") == Some("inline") => {
                    self.inline.push(element.content);
                }
                "mj-style" => sheets.push(element),
                "mj-html-attributes" => self.selectors(&element),
                _ => head.children.push(Node::Element(element)),
            }
        }
        // One element for all, as npm writes them.
        let mut sheets = sheets.into_iter();
        if let Some(mut first) = sheets.next() {
            for sheet in sheets {
                first.content.push('\n');
                first.content.push_str(&sheet.content);
            }
            head.children.push(Node::Element(first));
        }
    }

    fn font(&mut self, element: &Element) {
        let (Some(name), Some(href)) = (element.get("name"), element.get("href")) else { return };
        match self.fonts.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => href.clone_into(old),
            None => self.fonts.push((name.to_owned(), href.to_owned())),
        }
    }

    fn selectors(&mut self, element: &Element) {
        for selector in element.elements().filter(|element| element.name == "mj-selector") {
            let attributes = selector.elements().filter_map(|attribute| {
                let name = attribute.get("name").filter(|name| !name.is_empty())?;
                Some((name.to_owned(), attribute.content.trim().to_owned()))
            });
            self.attributes.push(Selected {
                path: selector.get("path").unwrap_or_default().to_owned(),
                attributes: attributes.collect(),
                at: selector.at,
            });
        }
    }

    /// Returns the links to the fonts that a body or an inlined style sheet names.
    pub(super) fn fonts(&self, body: &str) -> String {
        let body = body.to_ascii_lowercase();
        let sheets: Vec<String> = self.inline.iter().map(|css| css.to_ascii_lowercase()).collect();
        let is_used = |name: &str| {
            let name = name.to_ascii_lowercase();
            in_attributes(&body, &name) || sheets.iter().any(|css| in_declarations(css, &name))
        };
        let used: Vec<&str> = self
            .fonts
            .iter()
            .filter(|(name, _)| is_used(name))
            .map(|(_, href)| href.as_str())
            .collect();
        if used.is_empty() {
            return String::new();
        }
        let link =
            |href: &&str| format!("<link href=\"{href}\" rel=\"stylesheet\" type=\"text/css\">");
        let links: String = used.iter().map(link).collect();
        let imports: String = used.iter().map(|href| format!("@import url({href});")).collect();
        format!(
            "<!--[if !mso]><!-->{links}<style type=\"text/css\">{imports}</style><!--<![endif]-->"
        )
    }
}

/// Says whether `font-family:` and then the name stand between two quotes.
fn in_attributes(body: &str, name: &str) -> bool {
    let families = body.match_indices("font-family:");
    families.into_iter().any(|(at, _)| {
        let value = body[at..].split('"').next().unwrap_or_default();
        value.contains(name)
    })
}

fn in_declarations(css: &str, name: &str) -> bool {
    css.match_indices("font-family:")
        .any(|(at, _)| css[at..].split([';', '}']).next().is_some_and(|value| value.contains(name)))
}
