"""What documents of one format share, whoever writes them: JSON, JUnit, HTML, escapes."""
