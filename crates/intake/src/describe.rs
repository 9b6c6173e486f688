//! Language, domain and tags of an item: from the data, from whoever imports, or left open.

use std::collections::BTreeSet;

use commonwheel_record::ContributionKind;
use commonwheel_record::body::Content;
use commonwheel_record::terms::{Language, Slug};

use crate::draft::{Draft, LangSource};
use crate::lang;
use crate::limits::{MAX_SOURCE_ID_BYTES, MAX_TAGS};
use crate::loose::{Name, Text};
use crate::options::Options;
use crate::report::LeftOut;
use crate::terms::slug;

/// What an item says about itself.
#[derive(Debug, Default)]
pub(crate) struct Claims<'a> {
    pub(crate) lang: Option<&'a Text>,
    pub(crate) domain: Option<&'a Text>,
    pub(crate) tags: &'a [Text],
}

/// What its drafts will say.
#[derive(Debug, Clone)]
pub(crate) struct Description {
    lang: Language,
    lang_source: LangSource,
    domain: Option<Slug>,
    tags: Vec<Slug>,
}

impl Description {
    /// Describes an item; `texts` is what a language guess may read.
    pub(crate) fn of<'a>(
        claims: &Claims<'_>,
        texts: impl Iterator<Item = &'a str>,
        options: &Options,
        left_out: &mut BTreeSet<LeftOut>,
    ) -> Self {
        let (lang, lang_source) = language(claims.lang, texts, options, left_out);
        let mut tags = terms(claims.tags.iter(), options, left_out);
        let own = terms(claims.domain.into_iter(), options, left_out).into_iter().next();
        let first_tag = tags.first().filter(|_| options.domain_from_tags).copied();
        let domain = own.or(options.domain).or(first_tag);
        tags.retain(|tag| Some(tag) != domain.as_ref());
        Self { lang, lang_source, domain, tags }
    }

    /// Makes a draft with this description.
    pub(crate) fn draft(&self, kind: ContributionKind, content: Content, source_id: String) -> Draft {
        Draft {
            kind,
            lang: self.lang,
            lang_source: self.lang_source,
            domain: self.domain,
            tags: self.tags.clone(),
            labelled: kind == ContributionKind::PreferencePair,
            content,
            source_id,
        }
    }
}

fn language<'a>(
    claimed: Option<&Text>,
    texts: impl Iterator<Item = &'a str>,
    options: &Options,
    left_out: &mut BTreeSet<LeftOut>,
) -> (Language, LangSource) {
    let claimed = claimed.and_then(|claimed| match claimed {
        Text::Missing => None,
        claimed => {
            let tag = claimed.as_str().and_then(lang::tag);
            if tag.is_none() {
                left_out.insert(LeftOut::Languages);
            }
            tag.filter(|tag| !lang::is_und(tag))
        }
    });
    if let Some(tag) = claimed {
        return (tag, LangSource::Data);
    }
    if let Some(tag) = options.lang {
        return (tag, LangSource::Caller);
    }
    match lang::guess(texts) {
        Some(tag) => (tag, LangSource::Guess),
        None => (lang::und(), LangSource::Unknown),
    }
}

/// The words that are terms of the vocabulary, each once.
fn terms<'a>(
    words: impl Iterator<Item = &'a Text>,
    options: &Options,
    left_out: &mut BTreeSet<LeftOut>,
) -> Vec<Slug> {
    let mut terms = Vec::new();
    for word in words.filter(|word| **word != Text::Missing) {
        let term = word.as_str().and_then(slug).filter(|term| options.knows(term));
        match term {
            Some(term) if terms.contains(&term) => {}
            Some(term) if terms.len() < MAX_TAGS => terms.push(term),
            _ => {
                left_out.insert(LeftOut::Terms);
            }
        }
    }
    terms
}

/// An item's own name, or else its position.
pub(crate) fn source_id(name: &Name, label: &str) -> String {
    let name = short_name(name.0.as_deref().unwrap_or_default());
    if name.is_empty() { label.to_owned() } else { name }
}

/// A name cut to its bound, on one line.
pub(crate) fn short_name(name: &str) -> String {
    let mut name: String =
        name.trim().chars().filter(|c| !c.is_control()).take(MAX_SOURCE_ID_BYTES).collect();
    name.truncate(name.floor_char_boundary(MAX_SOURCE_ID_BYTES));
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Text {
        Text::Plain(text.into())
    }

    fn describe(claims: &Claims<'_>, options: &Options) -> (Description, BTreeSet<LeftOut>) {
        let mut left_out = BTreeSet::new();
        let description = Description::of(claims, ["hm"].into_iter(), options, &mut left_out);
        (description, left_out)
    }

    #[test]
    fn the_data_goes_before_the_caller() {
        let options = Options { lang: lang::tag("de"), domain: slug("law"), ..Options::default() };
        let claims = Claims { lang: Some(&text("swa")), domain: Some(&text("News")), tags: &[] };
        let (found, left_out) = describe(&claims, &options);
        assert_eq!((found.lang.as_str(), found.lang_source), ("sw", LangSource::Data));
        assert_eq!(found.domain.unwrap().as_str(), "news");
        assert!(left_out.is_empty());

        let (found, _) = describe(&Claims::default(), &options);
        assert_eq!((found.lang.as_str(), found.lang_source), ("de", LangSource::Caller));
        assert_eq!(found.domain.unwrap().as_str(), "law");
    }

    #[test]
    fn a_bad_language_is_left_out_and_counted() {
        let claims = Claims { lang: Some(&text("English, mostly")), ..Claims::default() };
        let (found, left_out) = describe(&claims, &Options::default());
        assert_eq!((found.lang.as_str(), found.lang_source), ("und", LangSource::Unknown));
        assert_eq!(left_out, BTreeSet::from([LeftOut::Languages]));
    }

    #[test]
    fn only_words_of_the_vocabulary_stay() {
        let vocabulary = ["travel", "food"].map(|word| slug(word).unwrap());
        let options = Options { vocabulary: Some(BTreeSet::from(vocabulary)), ..Options::default() };
        let tags = [text("my divorce"), text("Travel"), text("food"), text("food"), Text::Other];
        let (found, left_out) = describe(&Claims { tags: &tags, ..Claims::default() }, &options);
        assert_eq!(found.domain.unwrap().as_str(), "travel");
        assert_eq!(found.tags, [slug("food").unwrap()]);
        assert_eq!(left_out, BTreeSet::from([LeftOut::Terms]));
    }

    #[test]
    fn names_are_short_and_on_one_line() {
        assert_eq!(source_id(&Name(Some("a\nb\u{1b}[2J".into())), "line 1"), "ab[2J");
        assert_eq!(source_id(&Name(Some("é".repeat(100))), "line 1").len(), MAX_SOURCE_ID_BYTES);
        assert_eq!(source_id(&Name(Some(" \n".into())), "line 1"), "line 1");
        assert_eq!(source_id(&Name(None), "line 1"), "line 1");
    }
}
