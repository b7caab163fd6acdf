"""个人信息: what is held about a person, and what the person may do about it."""
