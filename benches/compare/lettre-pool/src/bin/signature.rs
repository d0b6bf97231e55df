//! What one signature of Letterpress's own crate costs on this machine, on one thread:
//! `signature FOLDER` prints `RSA ED25519` in microseconds, each the median of many.

#![forbid(unsafe_code)]

use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Signatures of each kind.
const ROUNDS: usize = 500;
/// About as much as the signed headers of a copy are.
const SIGNED: [u8; 700] = [b'x'; 700];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: signature FOLDER")?;
    let folder = Path::new(&folder);
    let rsa = RsaKeyPair::from_pkcs8(&der(&folder.join("rsa.pem"))?)?;
    let ed25519 = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der(&folder.join("ed25519.pem"))?)?;
    let random = SystemRandom::new();
    let mut signature = vec![0; rsa.public_modulus_len()];
    let mut fault = None;
    let rsa_cost = median(|| {
        let signed = rsa.sign(&RSA_PKCS1_SHA256, &random, &SIGNED, &mut signature);
        fault = signed.err().or(fault);
        black_box(&signature);
    });
    if let Some(fault) = fault {
        return Err(fault.into());
    }
    let ed25519_cost = median(|| {
        black_box(ed25519.sign(&SIGNED));
    });
    println!("{rsa_cost:.1} {ed25519_cost:.1}");
    Ok(())
}

fn median(mut work: impl FnMut()) -> f64 {
    let mut costs: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let started = Instant::now();
            work();
            started.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    costs.sort_by(f64::total_cmp);
    costs[ROUNDS / 2]
}

fn der(path: &Path) -> Result<Vec<u8>, Box<dyn Error>> {
    let pem = std::fs::read_to_string(path)?;
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    Ok(STANDARD.decode(body)?)
}
