SELECT version, body FROM godwit_copy_policy WHERE no = 1
