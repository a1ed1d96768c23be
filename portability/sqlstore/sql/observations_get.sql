SELECT version, body FROM godwit_copy_observations WHERE old = ?1
