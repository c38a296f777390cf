# What AWS_LAMBDA_EXEC_WRAPPER is asked to execute: the runtime without the look at the wrapper.
if __name__ == "__main__":
    from hearth_runtime.main import main

    main()
