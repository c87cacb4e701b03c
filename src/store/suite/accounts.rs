//! The required behavior of [`Accounts`].

use super::{Found, Stage, Wrong, at_once, ensure, same, suite};
use crate::account::{ADMIN, Account, Accounts, CreateError, Email, SetRolesError, User};
use crate::session::Roles;

suite! {
    what_was_made_is_found_by_id_and_by_address,
    an_address_is_one_account_however_it_is_typed,
    of_many_for_one_address_at_once_one_is_made,
    who_is_not_there_is_none_and_changes_nothing,
    a_new_name_leaves_the_rest,
    new_roles_count_the_version_and_the_same_ones_do_not,
    roles_are_set_only_by_who_administers_at_that_moment,
    of_two_administrators_who_demote_each_other_one_stays,
    an_upgraded_hash_replaces_the_old_one_only_and_counts_nothing,
    a_changed_hash_replaces_the_old_one_only_and_counts_the_version,
    of_many_changes_at_once_one_wins,
    pages_hold_everyone_once_in_order,
    what_was_typed_comes_back_as_it_was,
}

fn account<S: Stage>(stage: &S, email: &str) -> Account {
    let user = User {
        id: stage.fresh(),
        email: email.to_owned(),
        name: "Ann".to_owned(),
        roles: Roles { names: vec!["user".to_owned()], version: 1 },
        created_at: stage.now(),
    };
    Account { user, password_hash: "$first$".to_owned() }
}

/// An account with a unique email.
async fn someone<S: Stage>(stage: &S) -> Result<Account, Wrong> {
    let account = account(stage, &format!("{}@example.com", stage.fresh()));
    stage.accounts().create(&account).await?;
    Ok(account)
}

fn address(typed: &str) -> Result<Email, Wrong> {
    Email::parse(typed).map_err(|_| Wrong(format!("{typed} is no address")))
}

async fn stored<S: Stage>(stage: &S, id: &str) -> Result<Account, Wrong> {
    stage.accounts().by_id(id).await?.ok_or_else(|| Wrong(format!("{id} is not there")))
}

async fn what_was_made_is_found_by_id_and_by_address<S: Stage>(stage: &S) -> Found {
    let made = someone(stage).await?;
    let by_email = stage.accounts().by_email(&address(&made.user.email)?).await?;
    for found in [stage.accounts().by_id(&made.user.id).await?, by_email] {
        let found = found.ok_or_else(|| Wrong("it is not there".into()))?;
        same("the user", &found.user, &made.user)?;
        same("the hash", &found.password_hash, &made.password_hash)?;
    }
    Ok(())
}

async fn an_address_is_one_account_however_it_is_typed<S: Stage>(stage: &S) -> Found {
    let word = stage.fresh();
    let made = account(stage, &format!("Ann.{word}@Example.com"));
    stage.accounts().create(&made).await?;
    for typed in
        [format!("ann.{word}@example.com"), format!("ANN.{word}@EXAMPLE.COM"), format!("\u{ff41}nn.{word}@example.com")]
    {
        let again = stage.accounts().create(&account(stage, &typed)).await;
        same(&typed, again, Err(CreateError::EmailTaken))?;
        let found = stage.accounts().by_email(&address(&typed)?).await?;
        same(&typed, found.map(|found| found.user), Some(made.user.clone()))?;
    }
    Ok(())
}

async fn of_many_for_one_address_at_once_one_is_made<S: Stage>(stage: &S) -> Found {
    let email = format!("{}@example.com", stage.fresh());
    let wanted: Vec<Account> = (0..8).map(|_| account(stage, &email)).collect();
    let answers = at_once(wanted.iter().map(|account| stage.accounts().create(account))).await;
    same("made", answers.iter().filter(|answer| answer.is_ok()).count(), 1)?;
    let taken = answers.iter().filter(|answer| **answer == Err(CreateError::EmailTaken)).count();
    same("told that it is taken", taken, 7)?;
    let winner =
        wanted.iter().zip(&answers).find(|(_, answer)| answer.is_ok()).map(|(account, _)| account.user.clone());
    same("who", stage.accounts().by_email(&address(&email)?).await?.map(|found| found.user), winner)
}

async fn who_is_not_there_is_none_and_changes_nothing<S: Stage>(stage: &S) -> Found {
    let (accounts, nobody) = (stage.accounts(), stage.fresh());
    let email = address(&format!("{nobody}@example.com"))?;
    ensure(accounts.by_id(&nobody).await?.is_none(), || "found by id".into())?;
    ensure(accounts.by_email(&email).await?.is_none(), || "found by address".into())?;
    same("renamed", accounts.rename(&nobody, "x").await?, None)?;
    same("roles", accounts.set_roles(&nobody, &[], None).await?, None)?;
    same("upgraded", accounts.upgrade_hash(&nobody, "", "x").await?, false)?;
    same("changed", accounts.change_hash(&nobody, "", "x").await?, None)?;
    ensure(accounts.by_id(&nobody).await?.is_none(), || "made by a change".into())
}

async fn a_new_name_leaves_the_rest<S: Stage>(stage: &S) -> Found {
    let made = someone(stage).await?;
    let other = someone(stage).await?;
    let wanted = User { name: "Annabelle".to_owned(), ..made.user.clone() };
    same("answered", stage.accounts().rename(&made.user.id, "Annabelle").await?, Some(wanted.clone()))?;
    same("stored", stored(stage, &made.user.id).await?.user, wanted)?;
    same("another's", stored(stage, &other.user.id).await?.user, other.user)
}

async fn new_roles_count_the_version_and_the_same_ones_do_not<S: Stage>(stage: &S) -> Found {
    let made = someone(stage).await?;
    let names = vec!["manager".to_owned(), "user".to_owned()];
    let wanted = User { roles: Roles { names: names.clone(), version: 2 }, ..made.user.clone() };
    for round in ["set", "set again"] {
        same(round, stage.accounts().set_roles(&made.user.id, &names, None).await?, Some(wanted.clone()))?;
    }
    let none = stage.accounts().set_roles(&made.user.id, &[], None).await?.map(|user| user.roles);
    same("taken away", none, Some(Roles { names: vec![], version: 3 }))
}

async fn roles_are_set_only_by_who_administers_at_that_moment<S: Stage>(stage: &S) -> Found {
    let accounts = stage.accounts();
    let (actor, target) = (someone(stage).await?, someone(stage).await?);
    let admin = [ADMIN.to_owned()];
    let by = Some(actor.user.id.as_str());
    let refused = || Err(SetRolesError::NotAdministrator);
    same("by a user", accounts.set_roles(&target.user.id, &admin, by).await, refused())?;
    same("for oneself", accounts.set_roles(&actor.user.id, &admin, by).await, refused())?;
    same("by nobody there", accounts.set_roles(&target.user.id, &admin, Some(&stage.fresh())).await, refused())?;
    same("unchanged", stored(stage, &target.user.id).await?.user, target.user.clone())?;
    accounts.set_roles(&actor.user.id, &admin, None).await?;
    let set = accounts.set_roles(&target.user.id, &admin, by).await?.map(|user| user.roles);
    same("by an administrator", set, Some(Roles { names: admin.to_vec(), version: 2 }))?;
    same("of nobody", accounts.set_roles(&stage.fresh(), &admin, by).await?, None)?;
    accounts.set_roles(&actor.user.id, &[], None).await?;
    same("once demoted", accounts.set_roles(&target.user.id, &[], by).await, refused())?;
    same("the same again", accounts.set_roles(&target.user.id, &admin, by).await, refused())?;
    same("taking it back", accounts.set_roles(&actor.user.id, &admin, by).await, refused())
}

async fn of_two_administrators_who_demote_each_other_one_stays<S: Stage>(stage: &S) -> Found {
    for _ in 0..5 {
        let (one, two) = (someone(stage).await?.user.id, someone(stage).await?.user.id);
        for id in [&one, &two] {
            stage.accounts().set_roles(id, &[ADMIN.to_owned()], None).await?;
        }
        let pairs = [(&one, &two), (&two, &one)];
        let demoted = at_once(pairs.map(|(actor, target)| stage.accounts().set_roles(target, &[], Some(actor)))).await;
        same("demoted", demoted.iter().filter(|answer| matches!(answer, Ok(Some(_)))).count(), 1)?;
        let mut remaining = 0;
        for id in [&one, &two] {
            remaining += stored(stage, id).await?.user.roles.names.len();
        }
        same("remaining", remaining, 1)?;
    }
    Ok(())
}

async fn an_upgraded_hash_replaces_the_old_one_only_and_counts_nothing<S: Stage>(stage: &S) -> Found {
    let made = someone(stage).await?;
    let id = made.user.id.as_str();
    same("from another", stage.accounts().upgrade_hash(id, "$other$", "$third$").await?, false)?;
    same("from this", stage.accounts().upgrade_hash(id, "$first$", "$second$").await?, true)?;
    same("once more", stage.accounts().upgrade_hash(id, "$first$", "$third$").await?, false)?;
    let found = stored(stage, id).await?;
    same("stored", (found.password_hash.as_str(), found.user), ("$second$", made.user))
}

async fn a_changed_hash_replaces_the_old_one_only_and_counts_the_version<S: Stage>(stage: &S) -> Found {
    let made = someone(stage).await?;
    let id = made.user.id.as_str();
    same("from another", stage.accounts().change_hash(id, "$other$", "$third$").await?, None)?;
    let roles = Roles { version: 2, ..made.user.roles.clone() };
    same("from this", stage.accounts().change_hash(id, "$first$", "$second$").await?, Some(roles.clone()))?;
    same("once more", stage.accounts().change_hash(id, "$first$", "$third$").await?, None)?;
    let found = stored(stage, id).await?;
    same("stored", (found.password_hash.as_str(), found.user.roles), ("$second$", roles))
}

async fn of_many_changes_at_once_one_wins<S: Stage>(stage: &S) -> Found {
    let made = someone(stage).await?;
    let id = made.user.id.as_str();
    let hashes: Vec<String> = (0..8).map(|number| format!("$new{number}$")).collect();
    let answers = at_once(hashes.iter().map(|hash| stage.accounts().change_hash(id, "$first$", hash))).await;
    let answers = answers.into_iter().collect::<Result<Vec<_>, _>>()?;
    let won: Vec<usize> = (0..8).filter(|index| answers[*index].is_some()).collect();
    same("winners", won.len(), 1)?;
    let found = stored(stage, id).await?;
    same("stored", (found.password_hash.as_str(), found.user.roles.version), (hashes[won[0]].as_str(), 2))
}

async fn pages_hold_everyone_once_in_order<S: Stage>(stage: &S) -> Found {
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(someone(stage).await?.user);
    }
    for rows in [1, 2, 200] {
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let page = stage.accounts().list(cursor.as_deref(), rows).await?;
            ensure(page.users.len() <= rows, || format!("{} in a page of {rows}", page.users.len()))?;
            seen.extend(page.users);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        seen.retain(|user| made.iter().any(|one| one.id == user.id));
        same(&format!("pages of {rows}"), &seen, &made)?;
    }
    // An unknown cursor is not an error.
    stage.accounts().list(Some("'nonsense"), 1).await.map(drop).map_err(Wrong::from)
}

async fn what_was_typed_comes_back_as_it_was<S: Stage>(stage: &S) -> Found {
    let email = format!("o'neill+\u{fc}\u{1f642}{}@b\u{fc}cher.example", stage.fresh());
    let mut made = account(stage, &email);
    made.user.name = "Robert'); DROP TABLE users; -- \u{202e}\"\\ \u{1f642}".to_owned();
    stage.accounts().create(&made).await?;
    same("stored", stored(stage, &made.user.id).await?.user, made.user)
}
