//! Whole compilations: a template and an issue in, a reader's copy out.

mod fixture;

pub(in crate::render) use fixture::Fixture;

mod blocks;
mod components;
mod holes;
mod language;
mod mjml;
mod partials;
mod refusals;
mod robust;
mod shared;
mod whole;
