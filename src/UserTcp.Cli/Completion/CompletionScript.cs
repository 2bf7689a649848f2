namespace UserTcp.Cli.Completion;

/// <summary>
/// Scripts that complete command lines in a shell. Each asks the command for the words; where it has none, the shell
/// completes names of files.
/// </summary>
internal static class CompletionScript
{
    public static readonly string[] Shells = ["bash", "zsh", "fish"];

    private const string Bash =
        """
        # Completion of usertcp in bash: eval "$(usertcp completion bash)"
        _usertcp() {
            local line="usertcp${COMP_LINE:${#COMP_WORDS[0]}:COMP_POINT-${#COMP_WORDS[0]}}" word cut
            local IFS=$'\n'
            COMPREPLY=($("${COMP_WORDS[0]}" "[suggest:${#line}]" "$line" 2>/dev/null))
            # Readline splits words at '=' and ':', so what stands before them is there already.
            word=${line##*[[:space:]]}
            cut=${word%"${word##*[=:]}"}
            COMPREPLY=("${COMPREPLY[@]#"$cut"}")
        }
        complete -o default -F _usertcp usertcp
        """;

    private const string Zsh =
        """
        #compdef usertcp
        # Completion of usertcp in zsh: eval "$(usertcp completion zsh)", after compinit
        _usertcp() {
            local line="usertcp ${(j: :)words[2,CURRENT]}"
            local -a found
            found=(${(f)"$(${words[1]} "[suggest:${#line}]" "$line" 2>/dev/null)"})
            if (( ${#found} )); then
                compadd -a found
            else
                _files
            fi
        }
        compdef _usertcp usertcp
        """;

    private const string Fish =
        """
        # Completion of usertcp in fish: usertcp completion fish | source
        function __usertcp_complete
            set -l words (commandline -opc)
            set -l line (string join ' ' usertcp $words[2..-1] (commandline -ct))
            $words[1] "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c usertcp -a '(__usertcp_complete)'
        """;

    public static string For(string shell) => shell switch
    {
        "bash" => Bash,
        "zsh" => Zsh,
        _ => Fish,
    };
}
