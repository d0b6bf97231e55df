//! What is kept of pictures that were made.

use super::{photograph, with_exif, written};
use crate::picture::{PictureError, Store, Unfit, kept, size};
use crate::world::{Files, WorkspaceFiles};
use image::ImageFormat;

fn workspace() -> (tempfile::TempDir, WorkspaceFiles) {
    let folder = tempfile::tempdir().unwrap();
    let files = WorkspaceFiles::new(folder.path());
    let jpeg = with_exif(&written(&photograph(400, 200), ImageFormat::Jpeg), 6);
    files.write("a/Night Train (1).JPG", &jpeg).unwrap();
    (folder, files)
}

fn store(files: &WorkspaceFiles) -> Store<'_> {
    Store::open(files, vec![".".into()])
}

fn wanted(path: &str, width: u32) -> (String, u32) {
    (path.to_owned(), width)
}

#[test]
fn a_picture_is_made_once_and_named_after_what_is_in_it() {
    let (_folder, files) = workspace();
    let path = "a/Night Train (1).JPG";
    let mut first = store(&files);
    assert_eq!(first.size(path).unwrap(), (200, 400));
    let made = first.make(&[wanted(path, 100)]).remove(0).unwrap();
    assert_eq!((made.width, made.height), (100, 200));
    let digits = made.name.strip_prefix("night-train-1-").unwrap().strip_suffix(".jpg").unwrap();
    assert!(digits.len() == 16 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let bytes = files.read(&kept(&made.name)).unwrap();
    assert_eq!(size(&bytes).unwrap(), (100, 200));
    first.keep().unwrap();
    // What is kept is not made again.
    let stamp = || files.stamp(&kept(&made.name)).unwrap().tag();
    let before = stamp();
    let mut second = store(&files);
    assert_eq!(second.make(&[wanted(path, 100)]).remove(0).unwrap(), made);
    assert_eq!(stamp(), before);
    // Another width, or a file that is gone, is made.
    let wide = second.make(&[wanted(path, 150)]).remove(0).unwrap();
    assert!(wide.width == 150 && wide.name != made.name);
    files.remove(&kept(&made.name)).unwrap();
    assert_eq!(second.make(&[wanted(path, 100)]).remove(0).unwrap(), made);
    assert_eq!(files.read(&kept(&made.name)).unwrap(), bytes);
    // So is what is no longer what its name says.
    for damage in [&bytes[..bytes.len() / 2], b""] {
        files.write(&kept(&made.name), damage).unwrap();
        assert_eq!(store(&files).make(&[wanted(path, 100)]).remove(0).unwrap(), made);
        assert_eq!(files.read(&kept(&made.name)).unwrap(), bytes);
    }
}

#[test]
fn another_file_in_its_place_is_another_picture() {
    let (_folder, files) = workspace();
    let path = "a/Night Train (1).JPG";
    let mut first = store(&files);
    let made = first.make(&[wanted(path, 100)]).remove(0).unwrap();
    first.keep().unwrap();
    files.write(path, &written(&photograph(300, 300), ImageFormat::Jpeg)).unwrap();
    let mut second = store(&files);
    assert_eq!(second.size(path).unwrap(), (300, 300));
    let other = second.make(&[wanted(path, 100)]).remove(0).unwrap();
    assert!(other.name != made.name && other.height == 100);
}

#[test]
fn many_are_made_side_by_side_and_answered_in_order() {
    let (_folder, files) = workspace();
    let mut all = Vec::new();
    for width in 10..30 {
        let path = format!("a/{width}.png");
        files.write(&path, &written(&photograph(width, 20), ImageFormat::Png)).unwrap();
        all.push(wanted(&path, 900));
        if width % 5 == 0 {
            all.push(wanted("a/absent.png", 900));
        }
    }
    let made = store(&files).make(&all);
    assert_eq!(made.len(), all.len());
    for ((path, _), made) in all.iter().zip(made) {
        match made {
            Ok(made) => assert_eq!(format!("a/{}.png", made.width), *path),
            Err(unfit) => assert!(unfit.is_absent() && path == "a/absent.png"),
        }
    }
}

#[test]
fn what_lies_elsewhere_or_is_no_picture_is_refused() {
    let (_folder, files) = workspace();
    let (_other, others) = workspace();
    let secret = others.resolve("a/Night Train (1).JPG");
    std::os::unix::fs::symlink(&secret, files.resolve("a/link.jpg")).unwrap();
    files.write("a/page.jpg", b"<!doctype html>").unwrap();
    let mut store = store(&files);
    let outside = secret.to_string_lossy().into_owned();
    for path in ["a/link.jpg", &outside, "/dev/zero", "a"] {
        let unfit = store.size(path).unwrap_err();
        assert!(matches!(unfit, Unfit::File(_)) && !unfit.is_absent(), "{path}: {unfit:?}");
        assert!(store.make(&[wanted(path, 10)]).remove(0).is_err(), "{path}");
    }
    let unfit = store.size("a/page.jpg").unwrap_err();
    assert!(matches!(unfit, Unfit::Picture(PictureError::Kind { .. })), "{unfit:?}");
    // A source of articles elsewhere was named by a person.
    let root = others.resolve("a").to_string_lossy().into_owned();
    let mut store = Store::open(&files, vec![".".into(), root]);
    assert_eq!(store.size(&outside).unwrap(), (200, 400));
    assert_eq!(store.size("a/link.jpg").unwrap(), (200, 400));
}
