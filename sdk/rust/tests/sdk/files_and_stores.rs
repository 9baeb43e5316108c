//! Files, commands and stores.

use theater::filesystem::*;
use theater::store::{ContentRef, Store};
use theater::testing::with_host;

#[test]
fn keeps_files_in_folders() {
    assert_eq!(
        write_file("notes/a", "1").unwrap_err(),
        "cannot open notes/a: No such file or directory"
    );
    create_dir("notes").unwrap();
    assert!(create_dir("notes").is_err());
    write_file("./notes/a", "1").unwrap();
    append_file("notes/a", [0xff]).unwrap();
    append_file("b", "new").unwrap();
    assert_eq!(read_file("notes/a").unwrap(), b"1\xff");
    assert_eq!(list_files(".").unwrap(), ["b", "notes"]);
    assert_eq!(list_files("notes/").unwrap(), ["a"]);
    assert!(write_file("notes", "x").is_err());
    assert_eq!(get_metadata("notes").unwrap().kind, FileKind::Folder);
    let metadata = get_metadata("notes/a").unwrap();
    assert_eq!((metadata.kind, metadata.size), (FileKind::File, 2));
    rename_path("notes", "old").unwrap();
    assert_eq!(read_file("old/a").unwrap(), b"1\xff");
    rename_path("b", "old/b").unwrap();
    assert_eq!(list_files("old").unwrap(), ["a", "b"]);
    delete_file("old/b").unwrap();
    assert!(delete_file("old/b").is_err());
    assert!(path_exists("old/a").unwrap() && !path_exists("notes").unwrap());
    delete_dir("old").unwrap();
    assert!(list_files("old").is_err() && read_file("old/a").is_err());
}

#[test]
fn runs_commands() {
    assert!(execute_command(".", "make", &["all"]).is_err());
    with_host(|host| {
        host.on_command = Some(Box::new(|command| {
            Ok(CommandOutput {
                stdout: command.words.join(" "),
                ..CommandOutput::default()
            })
        }));
    });
    assert_eq!(
        execute_command(".", "make", &["all"]).unwrap().stdout,
        "make all"
    );
    let output = execute_nix_command(".", "make").unwrap();
    assert_eq!(output.stdout, "nix develop --command make");
    with_host(|host| assert_eq!(host.commands.len(), 3));
}

#[test]
fn keeps_content_under_labels() {
    let notes = Store::create().unwrap();
    let first = notes.put("first").unwrap();
    assert_eq!(notes.put("first").unwrap(), first);
    assert_eq!(notes.find("page").unwrap(), None);
    let second = notes.put_at("page", "second").unwrap();
    assert_eq!(notes.find("page").unwrap(), Some(second.clone()));
    notes.label("draft", &first).unwrap();
    assert_eq!(notes.labels().unwrap(), ["draft", "page"]);
    notes.replace_at("page", &first).unwrap();
    notes.remove_from_label("page", &second).unwrap();
    assert_eq!(
        notes.find("page").unwrap(),
        Some(first.clone()),
        "it is on other content"
    );
    notes.remove_from_label("page", &first).unwrap();
    notes.remove_label("page").unwrap();
    assert_eq!(notes.total_size().unwrap(), 11);
    assert_eq!(notes.contents().unwrap().len(), 2);
    assert_eq!(notes.remove_unlabelled().unwrap(), 6);
    assert!(notes.exists(&first).unwrap() && !notes.exists(&second).unwrap());
    assert_eq!(notes.get(&first).unwrap(), b"first");
    assert!(notes.get(&second).is_err());
    assert!(notes.label("x", &ContentRef("none".into())).is_err());
    notes.replace_content_at("draft", "third").unwrap();
    assert_eq!(
        notes.get(&notes.find("draft").unwrap().unwrap()).unwrap(),
        b"third"
    );
}

#[test]
fn names_stores_that_are_shared() {
    let shared = Store::named("shared");
    assert_eq!(
        shared.put("x").unwrap_err(),
        "shared is no store of this actor"
    );
    with_host(|host| host.stores.insert("shared".into(), Default::default()));
    shared.put("x").unwrap();
    assert_eq!(theater::to_json(&shared).unwrap(), br#""shared""#);
    let kept: Store = theater::from_json(r#""shared""#).unwrap();
    assert_eq!((kept.id(), &kept), ("shared", &shared));
}
